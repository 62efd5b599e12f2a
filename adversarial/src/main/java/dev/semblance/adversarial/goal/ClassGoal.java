package dev.semblance.adversarial.goal;

/** A goal about the model's answer: one class, or any but one. Its aims are plain. */
public sealed interface ClassGoal extends Goal permits Misclassify, TargetClass, LeastLikely {}
