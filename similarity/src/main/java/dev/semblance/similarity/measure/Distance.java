package dev.semblance.similarity.measure;

/** A measure that is small for what looks alike. */
public non-sealed interface Distance extends Measure {}
