/**
 * What {@code tests-integration/bench} runs in a JVM of its own: a mount that notes every block that the cache is asked for,
 * and a replay of such notes against the cache and other policies. See docs/benchmarks.md.
 */
package liveroot.bench;
