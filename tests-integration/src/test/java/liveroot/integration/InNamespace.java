package liveroot.integration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Runs in a mount namespace of its own, which begins as a copy of all mounts and so keeps those of other tests in use: the
 * build runs nothing beside it.
 */
@Tag("namespace")
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@interface InNamespace {}
