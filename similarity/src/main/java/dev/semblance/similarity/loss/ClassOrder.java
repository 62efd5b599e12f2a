package dev.semblance.similarity.loss;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The order that relations put distances between classes in; finds a contradiction in it. */
final class ClassOrder {
  /** An unordered pair of classes: distances are symmetric. */
  private record Pair(long low, long high) {
    static Pair of(long a, long b) {
      return new Pair(Math.min(a, b), Math.max(a, b));
    }

    @Override
    public String toString() {
      return "D(" + low + ", " + high + ")";
    }
  }

  private final Map<Pair, List<Pair>> larger = new HashMap<>();
  private final Set<Pair> done = new HashSet<>();
  private final List<Pair> path = new ArrayList<>();
  private final Set<Pair> onPath = new HashSet<>();

  private ClassOrder(List<ClassRelation> relations) {
    for (ClassRelation relation : relations) {
      larger
          .computeIfAbsent(Pair.of(relation.anchor(), relation.near()), pair -> new ArrayList<>())
          .add(Pair.of(relation.anchor(), relation.far()));
    }
  }

  /** Refuses relations that ask for a distance smaller than itself, naming the cycle. */
  static void check(List<ClassRelation> relations) {
    ClassOrder order = new ClassOrder(relations);
    for (ClassRelation relation : relations) {
      order.follow(Pair.of(relation.anchor(), relation.near()));
    }
  }

  private void follow(Pair pair) {
    if (onPath.contains(pair)) {
      StringBuilder cycle = new StringBuilder();
      for (Pair step : path.subList(path.indexOf(pair), path.size())) {
        cycle.append(step).append(" < ");
      }
      throw new IllegalArgumentException(
          "relations must not contradict each other, got " + cycle + pair + "; remove one of them");
    }
    if (!done.add(pair)) {
      return;
    }
    path.add(pair);
    onPath.add(pair);
    for (Pair next : larger.getOrDefault(pair, List.of())) {
      follow(next);
    }
    path.remove(path.size() - 1);
    onPath.remove(pair);
  }
}
