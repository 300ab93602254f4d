/* SPDX-License-Identifier: GPL-2.0 */
/* Which cells of the state tables the simulation met. Compiled before each pure file,
 * whose tables count here (CTSYNC_CELL in kernel/pure.h).
 */
#ifndef SIM_CELLS_H
#define SIM_CELLS_H

#include <stdbool.h>

enum cell_table { CELLS_QUEUE, CELLS_HOLD, CELLS_MEMBER, CELLS_BULK, CELLS_GAP, CELLS_MAX };

extern unsigned long long cells_met[CELLS_MAX][8][16];

#define CTSYNC_CELL(table, row, column) (cells_met[CELLS_##table][row][column]++)

/* Says which cells were met and which not; false: one that can be was not, or one
 * that cannot be was.
 */
bool cells_report(void);

#endif
