// SPDX-License-Identifier: GPL-2.0
/* The tool ctsync: options, the table of commands, help. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "parse.h"
#include "print.h"
#include "say.h"
#include "show.h"
#include "tuple.h"
#include "words.h"

static int cmd_help(int argc, char **argv);

static const struct command {
	const char *name;
	const char *words;	/* its usage */
	const char *does;
	command_run run;
	enum { PLAIN, DOCUMENT } output;	/* one document of JSON? */
} commands[] = {
	{ "up", "node ID local ADDR [peer ADDR]... key FILE|insecure [PARAMETER VALUE]...",
	  "start syncing in this network namespace", cmd_up, PLAIN },
	{ "set", "PARAMETER VALUE ...",
	  "change parameters while up", cmd_set, PLAIN },
	{ "down", "",
	  "stop; replicated conntracks stay as plain ones", cmd_down, PLAIN },
	{ "load", "[FILE]",
	  "up with the words of a file, or set what changed in it", cmd_load, PLAIN },
	{ "save", "",
	  "print what is up as such a file", cmd_save, PLAIN },
	{ "check", "[FILE]",
	  "say what is wrong with such a file", cmd_check, PLAIN },
	{ "show", "[config|peers|entries [FILTER]...|queues|stats|params]",
	  "what the kernel knows", cmd_show, DOCUMENT },
	{ "stats", "[reset]",
	  "the counters", cmd_stats, DOCUMENT },
	{ "metrics", "[to FILE]",
	  "condition, peers and counters as OpenMetrics text", cmd_metrics, PLAIN },
	{ "monitor", "[count N] [timeout DUR]",
	  "events as they happen", cmd_monitor, PLAIN },
	{ "top", "[count N] [interval DUR]",
	  "a live view of rates, holds, peers and split flows; q ends it", cmd_top, PLAIN },
	{ "explain", "TUPLE",
	  "why a flow is synced, or not", cmd_explain, DOCUMENT },
	{ "diff", "PEER",
	  "what differs between this node's table and a peer's", cmd_diff, DOCUMENT },
	{ "health", "[strict]",
	  "exit 0 when this node may carry traffic", cmd_health, DOCUMENT },
	{ "wait-sync", "[timeout DUR]",
	  "return when this node and its peers have the same table", cmd_wait_sync, PLAIN },
	{ "resync", "[PEER]",
	  "copy tables to and from all peers, or the one with that address", cmd_resync, PLAIN },
	{ "role", "active|standby",
	  "say whether this node carries traffic", cmd_role, PLAIN },
	{ "drain", "[wait [DUR]]",
	  "ask to be relieved of traffic; wait until it is switched off safely", cmd_drain, PLAIN },
	{ "undrain", "",
	  "take traffic again", cmd_undrain, PLAIN },
	{ "fence", "on|off",
	  "let no forwarded packet leave this node", cmd_fence, PLAIN },
	{ "key", "new [id N] [FILE] | add FILE | use ID | del ID",
	  "make a key file; change the keys while up", cmd_key, PLAIN },
	{ "decode", "[key FILE]... CAPTURE",
	  "print the frames in a capture of tcpdump", cmd_decode, PLAIN },
	{ "version", "",
	  "versions of the tool and the module", cmd_version, DOCUMENT },
	{ "help", "[COMMAND]",
	  "this, or the words of a command", cmd_help, PLAIN },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *netns;

const char *cmd_netns(void)
{
	return netns;
}

static void print_usage(FILE *to)
{
	fprintf(to, "usage: ctsync [-j] [-p] [-n NETNS] COMMAND ...\n"
	       "  -j  JSON    -p  pretty JSON    -n  act in this namespace    -V  version\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].does);
	fprintf(to, "Words may be shortened as long as they are unambiguous.\n"
	       "'ctsync help COMMAND' says more, ctsync(8) all.\n");
}

static int find(const char *word)
{
	return parse_word(word, commands, N_COMMANDS, sizeof(commands[0]));
}

static int cmd_help(int argc, char **argv)
{
	int found;

	if (!argc) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (argc > 1)
		return wrong("help: '%s' is unknown, expected nothing", argv[1]);
	found = find(argv[0]);
	if (found < 0)
		return words_wrong("help", argv[0], found, commands, N_COMMANDS,
				   sizeof(commands[0]));
	printf("ctsync %s%s%s\n\t%s\n", commands[found].name, *commands[found].words ? " " : "",
	       commands[found].words, commands[found].does);
	if (commands[found].run == cmd_up)
		words_help(WORDS_UP);
	else if (commands[found].run == cmd_set)
		words_help(WORDS_SET);
	else if (commands[found].run == cmd_explain)
		printf("  TUPLE is " TUPLE_FORM "\n");
	else if (commands[found].run == cmd_show)
		show_entries_help();
	return EXIT_DONE;
}

/* Move into the namespace @name, as ip -n does; a path will do too. */
static int enter(const char *name)
{
	char path[4096];
	int fd, ret = EXIT_DONE;

	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refused("cannot open network namespace '%s': %s", name, strerror(errno));
	if (setns(fd, CLONE_NEWNET))
		ret = refused("cannot enter network namespace '%s': %s", name, strerror(errno));
	close(fd);
	return ret;
}

static int run(int argc, char **argv, bool json)
{
	int found, ret;

	if (!argc) {
		print_usage(stderr);
		return EXIT_WRONG;
	}
	found = find(argv[0]);
	if (found < 0)
		return words_wrong("command", argv[0], found, commands, N_COMMANDS,
				   sizeof(commands[0]));
	ret = commands[found].run(argc - 1, argv + 1);
	if (json && commands[found].output == DOCUMENT && ret != EXIT_WRONG)
		print_end();
	if (fflush(stdout) || ferror(stdout))
		return refused("cannot write: %s", strerror(errno));
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { "pretty", no_argument, NULL, 'p' },
		{ "netns", required_argument, NULL, 'n' }, { "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' }, { }
	};
	bool json = false, pretty = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jpn:Vh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'p':
			json = pretty = true;
			break;
		case 'n':
			netns = optarg;
			break;
		case 'V':
			printf("ctsync %s\n", CTSYNC_VERSION);
			return EXIT_DONE;
		case 'h':
			print_usage(stdout);
			return EXIT_DONE;
		case ':':
			return wrong("%s: a value is missing, expected the name of a network namespace",
				     argv[optind - 1]);
		default:
			return wrong("'%s' is unknown, expected -j, -p, -n NETNS, -V or -h",
				     argv[optind - 1]);
		}
	}
	print_setup(json, pretty);
	if (netns && enter(netns))
		return EXIT_REFUSED;
	return run(argc - optind, argv + optind, json);
}
