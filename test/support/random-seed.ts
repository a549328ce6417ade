/**
 * The same examples in every run of the property tests: what passes here passes elsewhere. TEST_SEED=<whole number> takes
 * others.
 */
import fc from "fast-check";

const { TEST_SEED = "1" } = process.env;

fc.configureGlobal({ seed: Number(TEST_SEED) });
