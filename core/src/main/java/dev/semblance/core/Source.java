package dev.semblance.core;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Where a technique comes from: a key of {@code docs/papers.bib} and the place in that paper. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Repeatable(Source.List.class)
public @interface Source {
  /** A key of {@code docs/papers.bib}. */
  String key();

  /** The equation, algorithm or section. */
  String where();

  /** Several sources. */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface List {
    Source[] value();
  }
}
