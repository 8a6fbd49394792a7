# Turns src/spec/statements_v3.csv and statements_v5.csv into generated/spec/statements.inc at configure and build time.
