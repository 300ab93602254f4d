/* SPDX-License-Identifier: GPL-2.0 */
/* TCP windows that two nodes write: report, merge, open, lead, due, plausible.
 *
 * The unit is what a packet of direction d writes in conntrack: seen[d].end,
 * maxwin, maxack, scale, flags, and seen[!d].maxend (the right edge that the
 * packet's acknowledgement and window grant to the other direction). A node
 * reports a direction only if it observed it; what it led or received it never
 * reports as observed.
 */
#ifndef CTSYNC_TCPWIN_H
#define CTSYNC_TCPWIN_H

#include "pure.h"

#define CTSYNC_TCPF_WSCALE	0x01
#define CTSYNC_TCPF_SACK	0x02
#define CTSYNC_TCPF_CLOSE_INIT	0x04
#define CTSYNC_TCPF_MAXACK_SET	0x08
/* Local only, never on the wire: data seen that nobody acknowledged yet. */
#define CTSYNC_TCPF_UNACKED	0x10
#define CTSYNC_TCPF_WIRE	0x0f

/* conntrack tolerates acknowledgements this far below td_end */
#define CTSYNC_ACK_SLACK	66000u
/* the largest segment that GRO or BIG TCP may build before conntrack sees it */
#define CTSYNC_GRO_MAX		524280u

/* Mirror of struct ip_ct_tcp_state; sequence numbers of the host's order. */
struct ctsync_tcp_dir {
	u32 end;	/* td_end: highest seq + len seen in this direction */
	u32 maxend;	/* td_maxend: right edge granted by the receiver */
	u32 maxwin;	/* td_maxwin: largest window this side advertised */
	u32 maxack;	/* td_maxack: highest ack this side sent */
	u8 scale;
	u8 flags;	/* CTSYNC_TCPF_* */
};

struct ctsync_tcp {
	struct ctsync_tcp_dir seen[2];
	u8 state;	/* enum ctsync_tcp_state */
};

/* What one writer says about one direction d. */
struct ctsync_tcp_report {
	u32 end;	/* seen[d].end */
	u32 maxend_other; /* seen[!d].maxend */
	u32 maxwin;	/* seen[d].maxwin */
	u32 maxack;	/* seen[d].maxack */
	u8 scale;
	u8 flags;
};

/* The largest td_maxwin that a direction with window scale @scale can have. */
static inline u32 ctsync_tcpwin_cap(u8 scale)
{
	return 65535u << (scale > 14 ? 14 : scale);
}

/* Bring both td_maxwin of @t back under their cap (a segment that crosses a
 * stale td_maxend makes conntrack add to it, without end). Returns true if
 * something changed.
 */
bool ctsync_tcpwin_clamp(struct ctsync_tcp *t);

struct ctsync_tcp_known;

/* Where what was sent in direction @d ends. @k is what is known of a split flow, whose
 * end in @t is open; NULL if the flow is not split.
 */
u32 ctsync_tcpwin_sent_end(const struct ctsync_tcp *t,
			   const struct ctsync_tcp_known *k, int d);

/* Fill @r with what is true of direction @d: maxwin capped, flags masked. @k is
 * what is known of a split flow, NULL if the flow is not split.
 */
void ctsync_tcpwin_report(const struct ctsync_tcp *t,
			  const struct ctsync_tcp_known *k, int d,
			  struct ctsync_tcp_report *r);

/* Apply a report of direction @d: serial maximum, so nothing goes backwards and
 * nothing opened or led is lost.
 * @mirror: no local packet of either direction came since this writer's last
 * message. Then a value more than 2^30 behind is assigned, for it is not behind
 * (a one-sided run may pass 2^31 bytes); one that is nearer is not, for what was
 * opened must stay open: data may be on its way by the other path already, and
 * its acknowledgement be the next packet here.
 * A direction that was never seen here (maxwin 0) is begun as conntrack does at
 * a SYN-ACK; a report with maxwin 0 knows nothing and is ignored; maxend_other
 * means nothing before the direction's first acknowledgement.
 * Values that cannot be (scale above 14, ...) are clamped, never trusted.
 * The other direction's UNACKED is cleared when r->maxack reaches its end.
 * Returns true if @t changed.
 */
bool ctsync_tcpwin_merge(struct ctsync_tcp *t, int d,
			 const struct ctsync_tcp_report *r, bool mirror);

/* Has @t a window of both directions? If not, the joined state must wait until
 * it has (ask the writer for all it knows): in a state past SYN_SENT conntrack
 * accepts any packet of a direction without a window, and no acknowledgement of
 * it. It happens when two messages overtake each other, and when a writer saw
 * one direction only since its last.
 */
static inline bool ctsync_tcpwin_complete(const struct ctsync_tcp *t)
{
	return t->seen[0].maxwin && t->seen[1].maxwin;
}

/* What is true of a flow whose path is split, as far as this node knows: neither
 * opened nor led. It is kept beside conntrack's values while the flow is split,
 * because those are then wider than the truth, in ways that must not add up:
 * a report, a lead or an open that started from an opened or led value would
 * make the next one wider still, on both nodes in turn.
 */
struct ctsync_tcp_known {
	u32 end[2];	/* highest seq + len of a packet of this direction */
	u32 edge[2];	/* highest right edge granted to this direction */
	u32 maxwin[2];	/* largest window this direction advertised; 0: unseen */
};

/* The split began: until now conntrack's values were true. Opens what was seen
 * here before we knew. If a local packet was the reason, packet() comes next for
 * it, if a report, heard() for it. Returns true if @t changed.
 */
bool ctsync_tcpwin_begin(struct ctsync_tcp *t, struct ctsync_tcp_known *k);

/* The split ended: from now on conntrack's own arithmetic is left alone. What is
 * open stays open, so it would find acknowledged only what a window's worth of
 * data comes after: UNACKED of such a direction is cleared. Returns true if @t
 * changed.
 */
bool ctsync_tcpwin_end(struct ctsync_tcp *t, const struct ctsync_tcp_known *k);

/* Is data of either direction without acknowledgement? Conntrack then gives the
 * flow the shorter life.
 */
static inline bool ctsync_tcpwin_unacked(const struct ctsync_tcp *t)
{
	return (t->seen[0].flags | t->seen[1].flags) & CTSYNC_TCPF_UNACKED;
}

/* A segment, as far as windows go. */
struct ctsync_segment {
	u32 seq;	/* first sequence number */
	u32 end;	/* seq + payload + SYN + FIN */
	u32 ack;	/* as in the header */
	u32 win;	/* as in the header, not scaled */
};

/* Conntrack accepted the packet @s of direction @d of a split flow. For every
 * packet while the flow is split, whichever directions were seen here of late,
 * but not for RST, nor for a SYN that did not change conntrack's state (@syn: it
 * is a SYN that did). Does all of this:
 * - settle: a segment that crosses a stale td_maxend made conntrack add to the
 *   other side's td_maxwin; undone.
 * - open: all that this packet's sender allowed may already be on its way by
 *   another path, so acknowledgements for it must pass: seen[!d].end goes up to
 *   the granted edge, but not past maxack + maxwin, for conntrack ignores what
 *   lies more than a maxwin below.
 * - acknowledged: what conntrack ignored, because the packet looks old where
 *   td_end is open, is added to maxack and maxend.
 * - unacked: UNACKED of both directions, which conntrack derives from td_end, is
 *   derived from what is known instead.
 * - lead: acknowledgements of this packet may go by another path: td_maxend[d]
 *   goes up to @s->end + maxwin of the receiver, but at most @limit bytes and
 *   one GRO packet beyond the edge that is known to be granted.
 * Nothing is ever lowered but td_maxwin. Returns true if @t changed.
 */
bool ctsync_tcpwin_packet(struct ctsync_tcp *t, struct ctsync_tcp_known *k,
			  int d, const struct ctsync_segment *s, bool syn,
			  u32 limit);

/* Report @r of direction @d was merged into a flow that is split: remember what
 * it says, open and lead as if its last packet had come here, for the next one
 * may. Returns true if @t changed.
 */
bool ctsync_tcpwin_heard(struct ctsync_tcp *t, struct ctsync_tcp_known *k,
			 int d, const struct ctsync_tcp_report *r, u32 limit);

/* What was last reported of a direction, to decide when the next is due. All 0:
 * nothing yet.
 */
struct ctsync_tcp_sent {
	u32 end;
	u32 maxend_other;
	u32 moved;	/* bytes between the last two reports */
};

/* @r was reported. */
void ctsync_tcpwin_sent(struct ctsync_tcp_sent *sent,
			const struct ctsync_tcp_report *r);

/* Split path: is report @r, of a direction whose receiver's largest window is
 * @maxwin_other, due now? True when the edge it grants moved a quarter window
 * past what was sent, or its end passed @peer_maxend, the edge that the peer
 * knows for this direction (what it last reported to us or had from us), and
 * again for each quarter window beyond.
 */
bool ctsync_tcpwin_due_split(const struct ctsync_tcp_report *r,
			     const struct ctsync_tcp_sent *sent,
			     u32 peer_maxend, u32 maxwin_other);

/* Same path: is a report of direction @d due because of the bytes it moved?
 * One and a half times what moved between the last two, at least
 * CTSYNC_MOVED_MIN, at most @update_bytes (0 means max(8 * maxwin, 4 MiB), at
 * most 2^28). So a young flow reports at a quarter megabyte, then more seldom,
 * and a copy never lags by more than ctsync_tcpwin_plausible() allows.
 */
#define CTSYNC_MOVED_MIN	(256u << 10)

bool ctsync_tcpwin_due_bytes(const struct ctsync_tcp *t, int d,
			     const struct ctsync_tcp_sent *sent,
			     u32 update_bytes);
u32 ctsync_tcpwin_update_bytes(const struct ctsync_tcp *t, u32 update_bytes);

/* Could @s, which conntrack called invalid, be the flow's next packet of
 * direction @d, given that the copy @t is stale? @moved is what passed in each
 * direction between the last two reports of it that came, 0 if there was but one
 * (0 is no number to count from). Here and in adopt
 * @s->ack is the highest edge that it tells, that of a SACK block if it has one,
 * for conntrack takes that.
 * The bound per direction is 2 * moved + W (W: the receiver's maxwin; moved at
 * least CTSYNC_MOVED_MIN, at most @update_bytes). The sequence number must lie
 * from td_end - W up to its direction's bound, the acknowledgement from td_end
 * of the other direction - max(W, CTSYNC_ACK_SLACK) up to that direction's:
 * below as much as conntrack itself tolerates, because only one of the two
 * needs to be ahead (a pure acknowledgement repeats one sequence number). Where
 * the flow is split, @k is what is known of it, and the lower bounds go from its
 * ends, for td_end may have been opened; else NULL.
 */
bool ctsync_tcpwin_plausible(const struct ctsync_tcp *t,
			     const struct ctsync_tcp_known *k, int d,
			     const struct ctsync_segment *s,
			     const u32 moved[2], u32 update_bytes);

/* Take @s (plausible) as the truth: afterwards conntrack accepts it, and all
 * later data, acknowledgements and retransmissions of both directions.
 */
void ctsync_tcpwin_adopt(struct ctsync_tcp *t, int d,
			 const struct ctsync_segment *s);

/* Could the client's @s follow its SYN, of which no answer is known? It begins at most
 * 2^16 behind it.
 */
bool ctsync_tcpwin_follows_syn(const struct ctsync_tcp *t,
			       const struct ctsync_segment *s);

/* Take @s (it follows the SYN) as the truth: the answer came, and passed another node.
 * Its scale is not known, so the caller lets conntrack pass both directions without
 * regard to windows, as conntrack itself does with a connection that it meets half way.
 */
void ctsync_tcpwin_adopt_open(struct ctsync_tcp *t, const struct ctsync_segment *s);

/* Two flows with one tuple: how do the windows of one that is told lie to those of one
 * that is here?
 */
struct ctsync_kin {
	/* An end that is known of both lies farther from the other than any copy
	 * lags behind: another connection, which had the ports before or after. (One
	 * connection that went on for long, unheard, looks the same; then the windows
	 * of who heard it last are the better ones, too.)
	 */
	bool foreign;
	/* the directions (1 << d) whose told end is nearer, but not the same */
	u8 ahead;
	u8 behind;
};

/* @dirs: the directions (1 << d) that @told has. */
struct ctsync_kin ctsync_tcpwin_kin(const struct ctsync_tcp_report here[2],
				    const struct ctsync_tcp_report told[2],
				    u8 dirs);

/* A report was merged, and the joined state is LAST_ACK: are both FINs acknowledged,
 * so that it is TIME_WAIT? (@k: of a split flow, else NULL.) Needed at a node that saw
 * one FIN and the last acknowledgement before it heard of the other FIN, and at one that
 * hears both only: no packet comes that would move it on, and in LAST_ACK conntrack
 * ignores the SYN that uses the ports again.
 */
bool ctsync_tcpwin_closed(const struct ctsync_tcp *t,
			  const struct ctsync_tcp_known *k);

#endif
