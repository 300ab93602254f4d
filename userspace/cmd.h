/* SPDX-License-Identifier: GPL-2.0 */
/* The commands: each is one row of the table in main.c. */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>

/* Each gets the words after its name and returns the tool's exit status. */
typedef int (*command_run)(int argc, char **argv);

int cmd_up(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_down(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_save(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_health(int argc, char **argv);
int cmd_wait_sync(int argc, char **argv);
int cmd_resync(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_role(int argc, char **argv);
int cmd_fence(int argc, char **argv);
int cmd_drain(int argc, char **argv);
int cmd_undrain(int argc, char **argv);
int cmd_version(int argc, char **argv);

struct nl;
struct attr_list;
/* Start with the words in @list and print what an operator should know. */
int up(struct nl *nl, const struct attr_list *list);

/* Is there a peer that is up, ready and not draining, so that this node may go? */
int state_heir(struct nl *nl, bool *found);

/* The network namespace that -n named, or NULL. */
const char *cmd_netns(void);

#endif
