# The reference answers of lme4.json: lme4 (estimates, variances), lmerTest (Satterthwaite), pbkrtest
# (Kenward-Roger). Rscript reference.R, in this folder; a minute. The tests read its numbers alone, not R.
# "default": the same at lme4's default control, which stops earlier. "modes": the random effects.
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)})

# ---- data/: where each table is from
sources <- list(
  sleepstudy = "Belenky et al. 2003, J Sleep Res 12:1 (lme4::sleepstudy)",
  pastes = "Davies and Goldsmith 1972, Statistical Methods in Research and Production (lme4::Pastes)",
  dyestuff = "Davies and Goldsmith 1972 (lme4::Dyestuff)",
  dyestuff2 = "Box and Tiao 1973, Bayesian Inference in Statistical Analysis (lme4::Dyestuff2): simulated",
  oxide = "Littell et al. 1996, SAS System for Mixed Models (nlme::Oxide)",
  pixel = "Pinheiro and Bates 2000, Mixed-Effects Models in S and S-PLUS (nlme::Pixel)",
  machines = "Milliken and Johnson 1992, Analysis of Messy Data (nlme::Machines)",
  orthodont = "Potthoff and Roy 1964, Biometrika 51:313 (nlme::Orthodont)",
  dietox = "Lauridsen, Hojsgaard and Sorensen 1999, J Anim Sci 77:906 (geepack::dietox; four of its columns)",
  shoes = "Box, Hunter and Hunter 1978, Statistics for Experimenters (MASS::shoes)",
  exam = "Goldstein et al. 1993, Oxford Rev Educ 19:425 (mlmRev::Exam; four of its columns)",
  beets = "Statistisk forsogsplanlaegning, KVL (pbkrtest::beets)",
  three_level = "simulated: patient-weeks in patients in clinics; in three_level_boundary no clinic differs"
)
read <- function(name) read.csv(file.path("data", name))
weeks <- function(name) within(read(name), {  # made-up hours and numbers of ratings, as in cases.py
  row <- seq_along(pain) - 1
  time <- week + (7919 * row) %% 1000 / 1000
  ratings <- 1 + (7 * week + patient) %% 5
})
data <- list(
  sleepstudy = within(read("sleepstudy.csv"), Days2 <- Days^2),
  pastes = read("pastes.csv"), dyestuff = read("dyestuff.csv"), dyestuff2 = read("dyestuff2.csv"),
  oxide = read("oxide.csv"), dietox = read("dietox.csv"),
  pixel = within(read("pixel.csv"), day2 <- day^2),
  machines = within(read("machines.csv"), {machine_b <- +(Machine == "B"); machine_c <- +(Machine == "C")}),
  orthodont = within(read("orthodont.csv"), {age11 <- age - 11; female <- +(Sex == "Female")}),
  shoes = within(read("shoes.csv"), material_b <- +(material == "B")),
  exam = within(read("exam.csv"), {
    lrt_between <- ave(standLRT, school)
    lrt_within <- standLRT - lrt_between
  }),
  beets = within(read("beets.csv"), {
    for (level in 2:3) assign(paste0("block", level), +(block == paste0("block", level)))
    for (level in 2:5) assign(paste0("sow", level), +(sow == paste0("sow", level)))
    harvest2 <- +(harvest == "harv2"); plot <- paste(block, harvest); rm(level)
  }),
  three_level_small = weeks("three_level_small.csv"), three_level_medium = weeks("three_level_medium.csv.gz"),
  three_level_boundary = weeks("three_level_boundary.csv")
)
data$unbalanced <- data$sleepstudy[-c(1, 2, 3, 15, 27:30, 55, 101, 102, 150, 171:177), ]
data$imbalanced <- data$shoes[-c(1, 12), ]
data$fifth <- subset(data$three_level_medium, patient %% 5 == 0)

# ---- models: formula, table, and what is not the same for all
model <- function(formula, data, method = "REML", ...) c(as.list(environment()), list(...))
both <- ~ (1 + week | clinic) + (1 + week | patient)
full <- function(random) {
  reformulate(c("baseline_pain", "week * adherence", "load", as.character(random)[2]), "pain")
}
timed <- pain ~ baseline_pain + time * adherence + load + (1 + time | clinic) + (1 + time | patient)
steps <- c("adherence", "week:adherence")
sugar <- sugpct ~ block2 + block3 + sow2 + sow3 + sow4 + sow5 + harvest2 + (1 | plot)
models <- list(
  "sleepstudy slopes" = model(
    Reaction ~ Days + (Days | Subject), "sleepstudy", modes = "Subject", contrast = c(1, 9)
  ),
  "sleepstudy slopes ML" = model(Reaction ~ Days + (Days | Subject), "sleepstudy", "ML"),
  "sleepstudy intercepts" = model(Reaction ~ Days + (1 | Subject), "sleepstudy"),
  "sleepstudy intercepts ML" = model(Reaction ~ Days + (1 | Subject), "sleepstudy", "ML"),
  "sleepstudy uncorrelated" = model(Reaction ~ Days + (Days || Subject), "sleepstudy", modes = "Subject"),
  "sleepstudy unbalanced" = model(Reaction ~ Days + (Days | Subject), "unbalanced", contrast = c(1, 9)),
  "sleepstudy quadratic" = model(
    Reaction ~ Days + Days2 + (Days | Subject), "sleepstudy", joint = c("Days", "Days2")
  ),
  "orthodont" = model(
    distance ~ age11 * female + (age11 | Subject), "orthodont", joint = c("female", "age11:female")
  ),
  "dietox" = model(Weight ~ Time + (1 | Pig), "dietox"),
  "shoes" = model(wear ~ material_b + (1 | boy), "shoes"),
  "shoes imbalanced" = model(wear ~ material_b + (1 | boy), "imbalanced"),
  "exam" = model(normexam ~ standLRT + (1 | school), "exam", modes = "school", plain = TRUE),
  "exam within and between" = model(normexam ~ lrt_within + lrt_between + (1 | school), "exam", plain = TRUE),
  "exam Mundlak" = model(normexam ~ standLRT + lrt_between + (1 | school), "exam", plain = TRUE),
  "dyestuff" = model(Yield ~ 1 + (1 | Batch), "dyestuff"),
  "dyestuff ML" = model(Yield ~ 1 + (1 | Batch), "dyestuff", "ML"),
  "dyestuff2" = model(Yield ~ 1 + (1 | Batch), "dyestuff2"),
  "dyestuff2 ML" = model(Yield ~ 1 + (1 | Batch), "dyestuff2", "ML"),
  "beets harvest" = model(sugar, "beets", joint = "harvest2"),
  "beets sow" = model(sugar, "beets", joint = paste0("sow", 2:5)),
  "pastes" = model(strength ~ 1 + (1 | batch / cask), "pastes"),
  "pastes ML" = model(strength ~ 1 + (1 | batch / cask), "pastes", "ML"),
  "oxide" = model(Thickness ~ 1 + (1 | Lot / Wafer), "oxide"),
  "machines" = model(
    score ~ machine_b + machine_c + (1 | Worker / Machine), "machines", joint = c("machine_b", "machine_c")
  ),
  "pixel" = model(
    pixel ~ day + day2 + (day | Dog) + (1 | Side:Dog), "pixel",
    joint = c("day", "day2"), contrast = c(1, 10, 100)
  ),
  "three levels, clinic correlation 1" = model(
    full(both), "three_level_small", modes = "clinic", joint = steps, contrast = c(1, 6, 5, .9, 1.5, 4.5)
  ),
  "three levels" = model(full(both), "three_level_medium", modes = "clinic", plain = TRUE),
  "three levels ML" = model(full(both), "three_level_medium", "ML", plain = TRUE),
  "three levels, a fifth" = model(
    full(both), "fifth", modes = "clinic", joint = steps, contrast = c(1, 6, 11, .9, 1.5, 9.9)
  ),
  "three levels, uncorrelated" = model(full(~ (1 + week || clinic) + (1 + week || patient)), "fifth"),
  "three levels, slope of patients only" = model(full(~ (1 | clinic) + (1 + week | patient)), "fifth"),
  "three levels, weights" = model(full(both), "fifth", weights = "ratings"),
  "three levels, continuous time" = model(timed, "fifth"),
  "three levels, clinic variance 0" = model(
    pain ~ baseline_pain + week + (1 | clinic) + (1 | patient), "three_level_boundary"
  )
)

# ---- answers
fine <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6), calc.derivs = FALSE)
named <- function(x) gsub("(Intercept)", "intercept", x, fixed = TRUE)
fit <- function(m, control = lmerControl(), start = NULL) {
  table <- data[[m$data]]
  weights <- if (is.null(m$weights)) rep(1, nrow(table)) else table[[m$weights]]
  call <- list(m$formula, table, m$method == "REML", control, start = start, weights = weights)
  suppressWarnings(suppressMessages(do.call(lmerTest::lmer, call)))
}
estimates <- function(f) {
  parts <- as.data.frame(VarCorr(f))
  group <- sub("Residual", "residual", sub("[.:].*", "", parts$grp))
  list(
    criterion = -2 * as.numeric(logLik(f)), aic = AIC(f), bic = BIC(f), sigma = sigma(f),
    estimate = I(unname(fixef(f))), se = I(unname(sqrt(diag(as.matrix(vcov(f)))))),
    components = data.frame(
      group = group, term = named(parts$var1), other = named(parts$var2),
      variance = parts$vcov, sd = parts$sdcor
    )
  )
}
modes <- function(f, group) {
  found <- as.data.frame(ranef(f, condVar = TRUE))
  found <- found[found$grpvar == group, ]
  level <- as.character(found$grp)
  data.frame(level = level, term = named(found$term), estimate = found$condval, se = found$condsd)
}
# pbkrtest ignores weights. Rows times sqrt(weight) make the same model with equal ones.
multiplied <- function(m, f) {
  rows <- data[[m$data]]
  w <- sqrt(rows[[m$weights]])
  x <- getME(f, "X") * w
  table <- data.frame(y = w * rows$pain, w = w, slope = w * rows$week, rows[c("clinic", "patient")])
  formula <- y ~ 0 + x + (0 + w + slope | clinic) + (0 + w + slope | patient)
  suppressMessages(lme4::lmer(formula, table, control = fine, start = getME(f, "theta")))
}
kenward_roger <- function(m, f) {
  g <- if (is.null(m$weights)) as(f, "lmerMod") else multiplied(m, f)
  adjusted <- as.matrix(vcovAdj(g)); p <- length(fixef(g))
  df <- sapply(seq_len(p), function(j) Lb_ddf(+(seq_len(p) == j), vcov(g), vcovAdj(g)))
  answer <- list(df = I(df), se = I(unname(sqrt(diag(adjusted)))), covariance = unname(adjusted))
  if (length(m$joint)) {
    found <- KRmodcomp(g, selector(m, f))$stats
    answer$joint <- joint(found, c("Fstat", "ndf", "ddf", "p.value", "F.scaling"))
  }
  if (length(m$contrast)) answer$contrast <- contrast(contest1D(f, m$contrast, ddf = "Kenward-Roger"))
  answer
}
satterthwaite <- function(m, f) {
  answer <- list(df = I(unname(coef(summary(f, ddf = "Satterthwaite"))[, "df"])))
  if (length(m$joint)) {
    found <- contestMD(f, selector(m, f), ddf = "Satterthwaite")
    answer$joint <- joint(found, c("F value", "NumDF", "DenDF", "Pr(>F)"))
  }
  if (length(m$contrast)) answer$contrast <- contrast(contest1D(f, m$contrast, ddf = "Satterthwaite"))
  answer
}
joint <- function(row, columns) {
  setNames(as.list(row[columns]), c("statistic", "ndf", "ddf", "p", "scaling")[seq_along(columns)])
}
contrast <- function(row) {
  columns <- c("Estimate", "Std. Error", "df", "t value", "Pr(>|t|)")
  setNames(as.list(row[columns]), c("estimate", "se", "df", "statistic", "p"))
}
selector <- function(m, f) diag(length(fixef(f)))[match(m$joint, names(fixef(f))), , drop = FALSE]
answer <- function(m) {
  default <- fit(m)
  # from lme4's own start the finest rule can stop far off: 6.5 above in the fit with weights
  f <- fit(m, fine, getME(default, "theta"))
  c(list(model = paste(deparse(m$formula, 500)), data = m$data, method = m$method),
    list(n = nobs(f), terms = I(named(names(fixef(f))))),
    estimates(f), list(default = estimates(default)),
    if (length(m$joint)) list(joint = I(m$joint)), if (length(m$contrast)) list(contrast = m$contrast),
    if (is.null(m$plain)) list(satterthwaite = satterthwaite(m, f)),
    if (is.null(m$plain) && m$method == "REML") list(kenward_roger = kenward_roger(m, f)),
    if (length(m$modes)) list(modes = modes(f, m$modes)))
}
versions <- sapply(c("lme4", "lmerTest", "pbkrtest"), function(name) as.character(packageVersion(name)))
json <- function(x) toJSON(x, auto_unbox = TRUE, digits = I(13), null = "null", na = "null")
lines <- function(x) paste0("  ", sapply(names(x), json), ": ", sapply(x, json), collapse = ",\n")
source <- paste("tests/oracle/reference.R on", R.version.string)
source <- paste0(source, "; ", paste(names(versions), versions, collapse = ", "))
writeLines(paste0(
  "{\n ", json("source"), ": ", json(source), ",\n ", json("data"), ": {\n", lines(sources), "\n },\n ",
  json("cases"), ": {\n", lines(lapply(models, answer)), "\n }\n}"
), "lme4.json")
