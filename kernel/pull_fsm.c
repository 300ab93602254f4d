// SPDX-License-Identifier: GPL-2.0
/* Pull on miss: may a packet of no known flow wait while the peers are asked? */
#include "pull_fsm.h"

#define TOKEN 1000000ull	/* one question */

static_assert(CTSYNC_PULL_SLOTS % CTSYNC_PULL_WAYS == 0);
static_assert((CTSYNC_PULL_SLOTS & (CTSYNC_PULL_SLOTS - 1)) == 0);

void ctsync_pull_init(struct ctsync_pull *p, u64 now)
{
	memset(p, 0, sizeof(*p));
	p->last = now;
}

/* The WAYS slots where @key may be. */
static struct ctsync_pull_slot *set_of(struct ctsync_pull *p, u64 key)
{
	return &p->slot[(key % (CTSYNC_PULL_SLOTS / CTSYNC_PULL_WAYS)) *
			CTSYNC_PULL_WAYS];
}

static bool over(const struct ctsync_pull_slot *s, u64 now)
{
	return s->state == CTSYNC_PULL_FREE || now >= s->until;
}

static void leave_asked(struct ctsync_pull *p, struct ctsync_pull_slot *s)
{
	if (s->state == CTSYNC_PULL_ASKED)
		p->asked--;
}

/* A slot for a new question: one that is over, else the negative one that is
 * over first; a question that is under way keeps its slot.
 */
static struct ctsync_pull_slot *victim(struct ctsync_pull_slot *set, u64 now)
{
	struct ctsync_pull_slot *best = NULL;
	int i;

	for (i = 0; i < CTSYNC_PULL_WAYS; i++) {
		if (over(&set[i], now))
			return &set[i];
		if (set[i].state == CTSYNC_PULL_NEGATIVE &&
		    (!best || set[i].until < best->until))
			best = &set[i];
	}
	return best;
}

static bool take_token(struct ctsync_pull *p, u64 now, u32 rate)
{
	u64 most = rate * TOKEN, us = (now - p->last) / 1000;

	/* what is left of a microsecond counts next time; a second fills the bucket */
	p->last += us * 1000;
	us = min(us, TOKEN);
	p->tokens = min(p->tokens + us * rate, most);
	if (p->tokens < TOKEN)
		return false;
	p->tokens -= TOKEN;
	return true;
}

enum ctsync_pull_verdict ctsync_pull_packet(struct ctsync_pull *p, u64 key,
					    u64 now, u64 peers, u32 rate,
					    u64 patience, u32 *number)
{
	struct ctsync_pull_slot *set = set_of(p, key), *s;
	int i;

	if (!peers)
		return CTSYNC_PULL_GO;
	for (i = 0; i < CTSYNC_PULL_WAYS; i++) {
		s = &set[i];
		if (s->key != key || over(s, now))
			continue;
		*number = s->number;
		return s->state == CTSYNC_PULL_ASKED ? CTSYNC_PULL_WAIT :
						       CTSYNC_PULL_GO;
	}
	s = victim(set, now);
	if (!s || !take_token(p, now, rate))
		return CTSYNC_PULL_LIMIT;
	leave_asked(p, s);
	/* the slot's place in the low bits, so an answer finds it */
	*number = ++p->count * CTSYNC_PULL_SLOTS + (u32)(s - p->slot);
	*s = (struct ctsync_pull_slot){
		.key = key,
		.await = peers,
		.until = now + patience,
		.number = *number,
		.state = CTSYNC_PULL_ASKED,
	};
	p->asked++;
	return CTSYNC_PULL_ASK;
}

bool ctsync_pull_unknown(struct ctsync_pull *p, u32 number, u8 index, u64 now)
{
	struct ctsync_pull_slot *s = &p->slot[number % CTSYNC_PULL_SLOTS];

	if (s->state != CTSYNC_PULL_ASKED || s->number != number || index > 63)
		return false;
	s->await &= ~(1ull << index);
	if (s->await)
		return false;
	leave_asked(p, s);
	s->state = CTSYNC_PULL_NEGATIVE;
	s->until = now + CTSYNC_PULL_NEGATIVE_NS;
	return true;
}

bool ctsync_pull_found(struct ctsync_pull *p, u64 key, u64 now, u32 *number)
{
	struct ctsync_pull_slot *set = set_of(p, key);
	bool waits;
	int i;

	for (i = 0; i < CTSYNC_PULL_WAYS; i++) {
		if (set[i].state == CTSYNC_PULL_FREE || set[i].key != key)
			continue;
		waits = set[i].state == CTSYNC_PULL_ASKED && now < set[i].until;
		leave_asked(p, &set[i]);
		set[i].state = CTSYNC_PULL_FREE;
		*number = set[i].number;
		return waits;
	}
	return false;
}
