/* Inside report: the ledger of messages of a DrillStats whose clients are known. */
#ifndef DRILL_REPORT_STATS_LEDGER_H
#define DRILL_REPORT_STATS_LEDGER_H

#include "report/stats.h"

void drill_ledger_read(DrillStats *stats);

#endif
