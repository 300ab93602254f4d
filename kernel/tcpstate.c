// SPDX-License-Identifier: GPL-2.0
/* TCP states in an order of our own: join table, names, conntrack's numbers.
 *
 *                                      FIN_O - ACKED_O
 * NONE - SYN_SENT - SYN_SENT2 -      /                 \
 *   SYN_RECV - ESTABLISHED ---------<                   >- LAST_ACK -
 *                                    \                 /    TIME_WAIT - CLOSE
 *                                      FIN_R - ACKED_R
 *
 * Along a line the later state knows more. Two states of different branches
 * together know that both sides sent their FIN, which is LAST_ACK.
 */
#include "tcpstate.h"

/* Conntrack's numbers, as in its user space ABI (enum tcp_conntrack). */
enum {
	CT_NONE,
	CT_SYN_SENT,
	CT_SYN_RECV,
	CT_ESTABLISHED,
	CT_FIN_WAIT,
	CT_CLOSE_WAIT,
	CT_LAST_ACK,
	CT_TIME_WAIT,
	CT_CLOSE,
	CT_SYN_SENT2,
	CT_MAX
};

#define NO CTSYNC_TCP_NONE
#define SS CTSYNC_TCP_SYN_SENT
#define S2 CTSYNC_TCP_SYN_SENT2
#define SR CTSYNC_TCP_SYN_RECV
#define ES CTSYNC_TCP_ESTABLISHED
#define FO CTSYNC_TCP_FIN_O
#define FR CTSYNC_TCP_FIN_R
#define AO CTSYNC_TCP_ACKED_O
#define AR CTSYNC_TCP_ACKED_R
#define LA CTSYNC_TCP_LAST_ACK
#define TW CTSYNC_TCP_TIME_WAIT
#define CL CTSYNC_TCP_CLOSE

static const u8 join[CTSYNC_TCP_STATE_MAX][CTSYNC_TCP_STATE_MAX] = {
/*		 NO  SS  S2  SR  ES  FO  FR  AO  AR  LA  TW  CL */
	[NO] = { NO, SS, S2, SR, ES, FO, FR, AO, AR, LA, TW, CL },
	[SS] = { SS, SS, S2, SR, ES, FO, FR, AO, AR, LA, TW, CL },
	[S2] = { S2, S2, S2, SR, ES, FO, FR, AO, AR, LA, TW, CL },
	[SR] = { SR, SR, SR, SR, ES, FO, FR, AO, AR, LA, TW, CL },
	[ES] = { ES, ES, ES, ES, ES, FO, FR, AO, AR, LA, TW, CL },
	[FO] = { FO, FO, FO, FO, FO, FO, LA, AO, LA, LA, TW, CL },
	[FR] = { FR, FR, FR, FR, FR, LA, FR, LA, AR, LA, TW, CL },
	[AO] = { AO, AO, AO, AO, AO, AO, LA, AO, LA, LA, TW, CL },
	[AR] = { AR, AR, AR, AR, AR, LA, AR, LA, AR, LA, TW, CL },
	[LA] = { LA, LA, LA, LA, LA, LA, LA, LA, LA, LA, TW, CL },
	[TW] = { TW, TW, TW, TW, TW, TW, TW, TW, TW, TW, TW, CL },
	[CL] = { CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
};

static const u8 to_ct[CTSYNC_TCP_STATE_MAX] = {
	[NO] = CT_NONE,
	[SS] = CT_SYN_SENT,
	[S2] = CT_SYN_SENT2,
	[SR] = CT_SYN_RECV,
	[ES] = CT_ESTABLISHED,
	[FO] = CT_FIN_WAIT,
	[FR] = CT_FIN_WAIT,
	[AO] = CT_CLOSE_WAIT,
	[AR] = CT_CLOSE_WAIT,
	[LA] = CT_LAST_ACK,
	[TW] = CT_TIME_WAIT,
	[CL] = CT_CLOSE,
};

/* The column is close_o + 2 * close_r. A conntrack that is closing without
 * CLOSE_INIT (set through ctnetlink) counts as closed by the original side.
 */
static const u8 from_ct[CT_MAX][4] = {
	[CT_NONE]	 = { NO, NO, NO, NO },
	[CT_SYN_SENT]	 = { SS, SS, SS, SS },
	[CT_SYN_RECV]	 = { SR, SR, SR, SR },
	[CT_ESTABLISHED] = { ES, ES, ES, ES },
	[CT_FIN_WAIT]	 = { FO, FO, FR, LA },
	[CT_CLOSE_WAIT]	 = { AO, AO, AR, LA },
	[CT_LAST_ACK]	 = { LA, LA, LA, LA },
	[CT_TIME_WAIT]	 = { TW, TW, TW, TW },
	[CT_CLOSE]	 = { CL, CL, CL, CL },
	[CT_SYN_SENT2]	 = { S2, S2, S2, S2 },
};

static const char *const names[CTSYNC_TCP_STATE_MAX] = {
	[NO] = "none",
	[SS] = "syn_sent",
	[S2] = "syn_sent2",
	[SR] = "syn_recv",
	[ES] = "established",
	[FO] = "fin_o",
	[FR] = "fin_r",
	[AO] = "acked_o",
	[AR] = "acked_r",
	[LA] = "last_ack",
	[TW] = "time_wait",
	[CL] = "close",
};

u8 ctsync_tcpstate_join(u8 a, u8 b)
{
	return join[a][b];
}

bool ctsync_tcpstate_covers(u8 a, u8 b)
{
	return join[a][b] == a;
}

bool ctsync_tcpstate_closing(u8 state)
{
	return state >= CTSYNC_TCP_FIN_O && state < CTSYNC_TCP_STATE_MAX;
}

u8 ctsync_tcpstate_ended(u8 state)
{
	static const u8 ended[CTSYNC_TCP_STATE_MAX] = {
		[FO] = 1, [FR] = 2, [AO] = 1, [AR] = 2,
		[LA] = 3, [TW] = 3, [CL] = 3,
	};

	return state < CTSYNC_TCP_STATE_MAX ? ended[state] : 0;
}

bool ctsync_tcpstate_over(u8 state)
{
	return ctsync_tcpstate_ended(state) == 3;
}

u8 ctsync_tcpstate_to_ct(u8 state)
{
	return state < CTSYNC_TCP_STATE_MAX ? to_ct[state] : CT_NONE;
}

u8 ctsync_tcpstate_from_ct(u8 ct_state, bool close_o, bool close_r)
{
	if (ct_state >= CT_MAX)
		return CTSYNC_TCP_NONE;
	return from_ct[ct_state][close_o + 2 * close_r];
}

const char *ctsync_tcpstate_name(u8 state)
{
	return state < CTSYNC_TCP_STATE_MAX ? names[state] : "?";
}
