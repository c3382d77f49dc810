# The reference answers of lme4.json: R 4.2.2, lme4 1.1-31, pbkrtest 0.5.2 (through lmerTest 3.1-3). Run here; prints them.
# data/: sleepstudy, pastes, dyestuff2 (lme4), oxide, orthodont (nlme), and three_level_* (simulated: patient-weeks in
# patients in clinics; in _boundary no clinic differs, so REML puts the clinic variance at exactly 0).
suppressPackageStartupMessages({library(lme4); library(lmerTest)})
read <- function(name) read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = TRUE)
fine <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), calc.derivs = FALSE)
three <- pain ~ baseline_pain + week * adherence + load + (1 + week | clinic) + (1 + week | patient)
medium <- as.data.frame(arrow::read_parquet("data/three_level_medium.parquet"))
fits <- list(
  lmer(Reaction ~ Days + (Days | Subject), read("sleepstudy")),
  lmer(Reaction ~ Days + (1 | Subject), read("sleepstudy")),
  lmer(distance ~ I(age - 11) * Sex + (I(age - 11) | Subject), within(read("orthodont"), Sex <- relevel(Sex, "Male"))),
  lmer(strength ~ 1 + (1 | batch / cask), read("pastes")),
  lmer(Thickness ~ 1 + (1 | Lot / Wafer), within(read("oxide"), {Lot <- factor(Lot); Wafer <- factor(Wafer)})),
  lmer(Yield ~ 1 + (1 | Batch), read("dyestuff2")),
  lmer(three, read("three_level_small"), control = fine),
  lmer(three, medium, control = fine),
  lmer(pain ~ baseline_pain + week + (1 | clinic) + (1 | patient), read("three_level_boundary"), control = fine)
)
for (fit in fits) {
  print(REMLcrit(fit), digits = 12)
  print(coef(summary(fit, ddf = if (nobs(fit) < 1000) "Kenward-Roger" else "lme4")), digits = 12)
  print(as.data.frame(VarCorr(fit))[, c("grp", "var1", "var2", "vcov")], digits = 12)
}
