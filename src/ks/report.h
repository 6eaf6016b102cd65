/* A driver under test broke a rule of kernel streaming: a line in the log, by rule name. A verifier
 * takes this over later; the name is what it will know the rule by. */
#ifndef WEIR_KS_REPORT_H
#define WEIR_KS_REPORT_H

/* <= DISPATCH_LEVEL; no lock is needed or taken. */
__attribute__((cold)) void ks_report(const char *rule, const char *sentence);

#endif
