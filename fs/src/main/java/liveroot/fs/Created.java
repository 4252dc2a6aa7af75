package liveroot.fs;

/** A file that was made and opened in one step. */
public record Created(Node node, Opened opened) {}
