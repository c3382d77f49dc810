"""The engine room of the mixed model: rows to statistics, statistics to variances, variances to inference."""
