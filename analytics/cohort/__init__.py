"""Tables to features: episodes, weeks, pain, adherence, intensity, case-mix and who is eligible."""
