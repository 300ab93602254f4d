/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells, as plain structs, and the requests that ask for it.
 *
 * Each info_...() returns EXIT_DONE, or EXIT_REFUSED after a sentence on
 * stderr. Strings given to a callback live until it returns.
 */
#ifndef INFO_H
#define INFO_H

#include <linux/ctsync.h>

#include "nl.h"
#include "tuple.h"

#define EPOCH_BYTES	16
#define MAX_PEERS	64
#define MAX_WARNINGS	8
#define MAX_KEYS	16

struct config {
	uint32_t number[CTSYNC_A_MAX + 1];	/* by attribute; durations in microseconds */
	bool has[CTSYNC_A_MAX + 1];		/* was it told? */
	struct address local;
	struct address group;
	struct address peers[MAX_PEERS];
	size_t n_peers;
	char dev[16];
	char version[32];
	char reason[64];			/* why not ready */
	uint8_t epoch[EPOCH_BYTES];
	char warnings[MAX_WARNINGS][200];
	size_t n_warnings;
	uint8_t keys[MAX_KEYS];			/* their ids */
	size_t n_keys;
};

struct peer {
	uint64_t number[CTSYNC_A_PEER_MAX + 1];
	bool has[CTSYNC_A_PEER_MAX + 1];
	struct address address;
	char reason[32];
	uint8_t epoch[EPOCH_BYTES];
};

struct tcp_dir {
	uint32_t number[CTSYNC_A_TCP_DIR_MAX + 1];
	bool has;
};

struct writer {
	uint8_t node;
	uint32_t last;	/* number of its last message */
};

struct entry {
	uint64_t number[CTSYNC_A_ENTRY_MAX + 1];
	bool has[CTSYNC_A_ENTRY_MAX + 1];
	struct tuple orig, reply;
	char state[24];
	char queue[16];
	struct writer writers[64];
	size_t n_writers;
	struct tcp_dir tcp_orig, tcp_reply;
};

/* Which entries; what is zero or NULL matches all. */
struct choice {
	struct address address, src, dst;
	uint16_t port, sport, dport;
	uint8_t proto, node;
	bool has_zone, split;
	uint16_t zone;
	const char *state;
};

struct param {
	const char *name, *unit;
	uint32_t value, def, min, max;
	bool live;
};

struct queue {
	uint32_t cpu, length, bytes;
	const char *name;
};

struct explanation {
	uint8_t verdict;	/* enum ctsync_verdict */
	char text[256];
	bool has_entry;
	struct entry entry;
};

/* A question about a table, see docs/protocol.md, DIGEST, and its answer. */
struct question {
	const struct address *peer;	/* NULL: this node's own */
	uint8_t what;			/* enum ctsync_digest_level: SHOW_... */
	uint16_t first;
	uint64_t set;
	uint32_t cursor, token;
};

struct shown {
	bool came;
	uint32_t cursor, entries;
	uint8_t bytes[512];		/* values, as on the wire */
	size_t len;
};

struct event {
	uint8_t event;		/* enum ctsync_event */
	const char *text;
	int node, ready;	/* -1: not told */
	bool has_peer;
	struct peer peer;
};

typedef void (*peer_handler)(const struct peer *peer, void *data);
typedef void (*entry_handler)(const struct entry *entry, void *data);
typedef void (*stat_handler)(const char *name, uint64_t value, void *data);
typedef void (*param_handler)(const struct param *param, void *data);
typedef void (*queue_handler)(const struct queue *queue, void *data);
typedef void (*event_handler)(const struct event *event, void *data);

/* EXIT_DONE when there is an instance in this namespace; @entries (may be NULL): how
 * many entries it has.
 */
int info_up(struct nl *nl, uint32_t *entries);
int info_config(struct nl *nl, struct config *config);
int info_peers(struct nl *nl, peer_handler handle, void *data);
/* Those that @choice names. */
int info_entries(struct nl *nl, const struct choice *choice,
		 entry_handler handle, void *data);
int info_stats(struct nl *nl, stat_handler handle, void *data);
int info_params(struct nl *nl, param_handler handle, void *data);
int info_queues(struct nl *nl, queue_handler handle, void *data);
int info_explain(struct nl *nl, const struct tuple *tuple, struct explanation *answer);
/* The same question again until the answer came. */
int info_diff(struct nl *nl, const struct question *question, struct shown *answer);
/* As nl_events(), for a socket that subscribed. */
int info_events(struct nl *nl, int ms, event_handler handle, void *data, bool *failed);

/* The names of the specification's enums; "?" for a value of a newer kernel. */
const char *info_hold_name(unsigned int value);
const char *info_role_name(unsigned int value);
const char *info_peer_state_name(unsigned int value);
const char *info_event_name(unsigned int value);
const char *info_verdict_name(unsigned int value);

#endif
