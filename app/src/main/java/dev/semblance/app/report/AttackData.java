package dev.semblance.app.report;

import java.util.List;

/**
 * Everything that the page of an attack shows.
 *
 * @param title one line
 * @param sentence what happened, in one or two sentences
 * @param command that does it again
 * @param warnings what must be known before the numbers are believed
 * @param metrics the first four stand large
 * @param examples pictures, in the order they are shown
 * @param shown how many images the examples were chosen from
 * @param charts shares against steps and radius
 * @param classes the images class by class, worst first
 * @param facts provenance
 */
public record AttackData(
    String title,
    String sentence,
    String command,
    List<String> warnings,
    List<Metric> metrics,
    List<Example> examples,
    long shown,
    List<Chart> charts,
    List<ClassRow> classes,
    List<Fact> facts) {
  public AttackData {
    warnings = List.copyOf(warnings);
    metrics = List.copyOf(metrics);
    examples = List.copyOf(examples);
    charts = List.copyOf(charts);
    classes = List.copyOf(classes);
    facts = List.copyOf(facts);
  }
}
