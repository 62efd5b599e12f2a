package dev.semblance.similarity.retrieve;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The k smallest distances seen so far; of equal ones the lower rows. */
final class Nearest {
  record Entry(int row, double distance) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byDistance = Double.compare(distance, other.distance);
      return byDistance != 0 ? byDistance : Integer.compare(row, other.row);
    }
  }

  private final int k;
  private final PriorityQueue<Entry> farthestFirst =
      new PriorityQueue<>(Comparator.<Entry>reverseOrder());

  Nearest(int k) {
    this.k = k;
  }

  void offer(int row, double distance) {
    if (farthestFirst.size() == k) {
      Entry farthest = farthestFirst.element();
      if (distance > farthest.distance || (distance == farthest.distance && row > farthest.row)) {
        return;
      }
      farthestFirst.remove();
    }
    farthestFirst.add(new Entry(row, distance));
  }

  int size() {
    return farthestFirst.size();
  }

  /** What was kept, nearest first. */
  List<Entry> ascending() {
    return farthestFirst.stream().sorted().toList();
  }
}
