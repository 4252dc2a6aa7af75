package liveroot.fs;

import liveroot.cache.BlockSource;

/**
 * A part of an {@link ImageContainer}.
 *
 * @param number by which people choose a partition, from 1; 0 if the container has but one part
 * @param words what people call it: "Apple_HFS 'Macintosh'"
 * @param holdsFiles whether a file tree may be in it; false for free space, boot code, the map itself
 * @param source its bytes, good until the container is closed
 */
public record ImagePart(int number, String words, boolean holdsFiles, BlockSource source) {}
