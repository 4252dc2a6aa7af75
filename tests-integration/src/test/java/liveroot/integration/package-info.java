/**
 * The whole house at work: real images made by other people's tools, mounted by the {@code liveroot} command, used by
 * real programs and judged by the kernel.
 *
 * <p>A test never touches a mount itself: the thread would hang in the kernel if the daemon did. Whatever looks at a mount
 * is a child process with a time limit ({@link liveroot.integration.Command}).
 *
 * <p>Everything lies below one directory ({@link liveroot.integration.Workspace}); what is mounted there is unmounted and
 * removed when the JVM ends, however the tests end.
 */
package liveroot.integration;
