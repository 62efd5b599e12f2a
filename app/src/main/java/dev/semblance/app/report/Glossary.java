package dev.semblance.app.report;

import static dev.semblance.app.report.Metric.Scale.FRACTION;
import static dev.semblance.app.report.Metric.Scale.NUMBER;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the house's metrics are called and mean, in words for a reader who is no specialist. */
final class Glossary {
  record Entry(String label, Metric.Scale scale, String explanation) {}

  private static final Pattern AT = Pattern.compile("(precision|recall|cmc|ndcg)_at_(\\d+)");
  private static final Pattern TPR = Pattern.compile("tpr_at_fpr_([0-9.eE-]+)");

  private Glossary() {}

  static Entry entry(String name) {
    Matcher at = AT.matcher(name);
    if (at.matches()) {
      return at(at.group(1), at.group(2));
    }
    Matcher tpr = TPR.matcher(name);
    if (tpr.matches()) {
      return new Entry(
          "TPR at FPR " + tpr.group(1),
          FRACTION,
          "The share of same-class pairs accepted when at most this share of other pairs is.");
    }
    return switch (name) {
      case "r_precision" ->
          fraction(
              "R-precision",
              "Of the R nearest, R being the number of others in the query's class, the share in"
                  + " that class.");
      case "map_at_r" ->
          fraction(
              "MAP at R",
              "As R-precision, but a right hit counts the more the nearer it stands; 100 % only if"
                  + " every class comes back whole and first.");
      case "map" ->
          fraction(
              "Mean average precision",
              "The precision at each right hit, averaged over the whole ranking and all queries.");
      case "mrr" ->
          fraction(
              "Mean reciprocal rank",
              "One over the rank of the first right hit, averaged: 50 % is like always second.");
      case "minp" ->
          fraction(
              "Mean inverse negative penalty",
              "How early the last, hardest right hit is reached; low when a few are lost far"
                  + " away.");
      case "ndcg" ->
          fraction(
              "nDCG",
              "Gain of right hits, discounted by the logarithm of their rank, over the best"
                  + " possible.");
      case "nearest_neighbor", "nearest_neighbour", "nn" ->
          fraction("Nearest neighbour", "The share of queries whose nearest is of their class.");
      case "first_tier", "ft" ->
          fraction("First tier", "Recall within the nearest R, R being the class's other members.");
      case "second_tier", "st" -> fraction("Second tier", "Recall within the nearest 2 R.");
      case "nmi" ->
          fraction(
              "NMI",
              "How much the clusters found by k-means tell of the classes; not corrected for"
                  + " chance.");
      case "ami" ->
          fraction("AMI", "As NMI, corrected for chance: 0 % is what random clusters would get.");
      case "accuracy" -> fraction("Accuracy", "The share of pictures given their own class.");
      case "auc" ->
          fraction(
              "AUC", "The chance that a same-class pair lies closer than a pair of two classes.");
      case "eer" ->
          fraction(
              "Equal error rate",
              "The error at the threshold where as many same-class pairs are refused as others"
                  + " accepted. Lower is better.");
      case "n" -> new Entry("Queries", NUMBER, "The number of pictures that were searched for.");
      case "classes" -> new Entry("Classes", NUMBER, "The number of classes among them.");
      case "correct" ->
          new Entry("Correct", NUMBER, "The number of pictures given their own class.");
      case "seconds" -> new Entry("Seconds", NUMBER, "How long it took, by the clock on the wall.");
      case "loss" -> new Entry("Loss", NUMBER, "What training makes small. Lower is better.");
      default -> new Entry(name.replace('_', ' '), NUMBER, "");
    };
  }

  private static Entry at(String kind, String k) {
    boolean one = k.equals("1");
    return switch (kind) {
      case "precision" ->
          fraction(
              "Precision at " + k,
              one
                  ? "The share of queries whose nearest neighbour is of the same class."
                  : "The share of the " + k + " nearest that are of the query's class.");
      case "recall" ->
          fraction(
              "Recall at " + k,
              one
                  ? "The share of queries whose nearest neighbour is of the same class."
                  : "The share of queries with at least one right hit among the nearest "
                      + k
                      + ".");
      case "cmc" ->
          fraction(
              "CMC at " + k,
              "The share of queries whose first right hit comes at rank " + k + " or before.");
      default ->
          fraction(
              "nDCG at " + k,
              "Gain of right hits among the nearest "
                  + k
                  + ", discounted by rank, over the best possible.");
    };
  }

  private static Entry fraction(String label, String explanation) {
    return new Entry(label, FRACTION, explanation);
  }
}
