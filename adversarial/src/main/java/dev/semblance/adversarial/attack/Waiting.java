package dev.semblance.adversarial.attack;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * Samples that wait for a place in the batch. In strict mode a sample has but one place, and there
 * is a queue for each; else one queue serves them all.
 */
final class Waiting {
  private final List<Queue<Integer>> queues = new ArrayList<>();
  private final int slots;
  private final boolean strict;
  private final long[] ids;

  Waiting(int[] samples, long[] ids, int slots, boolean strict) {
    this.slots = slots;
    this.strict = strict;
    this.ids = ids;
    for (int q = 0; q < (strict ? slots : 1); q++) {
      queues.add(new ArrayDeque<>());
    }
    for (int sample : samples) {
      queues.get(queue(sample)).add(sample);
    }
  }

  /** Samples for the places that {@code working} leaves free, at most as many as there are. */
  int[] take(int... working) {
    int[] taken = new int[slots - working.length];
    int count = 0;
    if (strict) {
      boolean[] busy = new boolean[slots];
      for (int sample : working) {
        busy[queue(sample)] = true;
      }
      for (int slot = 0; slot < slots; slot++) {
        Integer next = busy[slot] ? null : queues.get(slot).poll();
        if (next != null) {
          taken[count++] = next;
        }
      }
    } else {
      while (count < taken.length && !queues.getFirst().isEmpty()) {
        taken[count++] = queues.getFirst().remove();
      }
    }
    return Arrays.copyOf(taken, count);
  }

  /** Who is still waiting. */
  int[] rest() {
    return queues.stream().flatMap(Queue::stream).mapToInt(Integer::intValue).toArray();
  }

  private int queue(int sample) {
    return strict ? (int) Math.floorMod(ids[sample], (long) slots) : 0;
  }
}
