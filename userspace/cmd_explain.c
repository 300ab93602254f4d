// SPDX-License-Identifier: GPL-2.0
/* ctsync explain: why a flow is synced, or not. */
#include "cmd.h"
#include "print.h"
#include "say.h"
#include "show.h"

int cmd_explain(int argc, char **argv)
{
	struct explanation x;
	struct tuple tuple;
	struct nl *nl;
	int ret;

	ret = tuple_parse(argc, argv, &tuple);
	if (ret)
		return ret;
	nl = nl_open();
	if (!nl)
		return EXIT_REFUSED;
	ret = info_explain(nl, &tuple, &x);
	nl_close(nl);
	if (ret)
		return ret;
	print_open_object(NULL);
	print_string("verdict", "%s", info_verdict_name(x.verdict));
	print_string("text", *x.text ? ": %s\n" : "%s\n", x.text);
	if (x.has_entry)
		show_entry("entry", &x.entry);
	print_close_object();
	return EXIT_DONE;
}
