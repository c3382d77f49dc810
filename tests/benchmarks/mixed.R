# One fit of mixed.py's model by lme4, and one line of JSON about it. Rscript mixed.R rows.csv finest(0 or 1)
suppressPackageStartupMessages(library(lme4))
given <- commandArgs(TRUE)
quick <- requireNamespace("data.table", quietly = TRUE)
rows <- if (quick) data.table::fread(given[1], data.table = FALSE) else read.csv(given[1])
model <- pain ~ baseline_pain + age + chronic + load + week * adherence +
  (week | clinic_id) + (week | episode_id)
fit <- function(...) suppressWarnings(suppressMessages(lmer(model, rows, ...)))
took <- system.time(found <- fit())[["elapsed"]]
best <- REMLcrit(found)
if (given[2] == "1") {  # where lme4 would stop if it went on: to compare optimum with optimum; not timed
  rule <- list(rhoend = 1e-12, maxfun = 1e6)
  finest <- lmerControl(optimizer = "bobyqa", optCtrl = rule, calc.derivs = FALSE)
  best <- REMLcrit(fit(start = getME(found, "theta"), control = finest))
}
cat(sprintf('{"rows": %d, "fit": %.4f, "criterion": %.9f, "optimum": %.9f}\n',
            nrow(rows), took, REMLcrit(found), best))
