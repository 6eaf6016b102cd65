/* A driver under test broke a rule: the one place where that is said, until a verifier listens. */
#include "object.h"
#include "report.h"

void ks_report(const char *rule, const char *sentence)
{
    DbgPrint("ks: %s: %s\n", rule, sentence);
}
