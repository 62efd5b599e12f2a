package dev.semblance.similarity.measure;

/** A measure that is large for what looks alike. */
public non-sealed interface Similarity extends Measure {}
