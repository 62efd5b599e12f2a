package dev.semblance.core.data;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Rng.Purpose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Class-balanced batches: P classes, K items of each, so that every anchor has positives and
 * negatives.
 *
 * <p>Within an epoch classes and items are dealt like cards: no class twice in a batch, no item
 * twice in a batch while its class has at least K items, and every card of a deck is dealt before
 * the deck is shuffled again. A class with fewer than K items gives all of them once and then
 * repeats; a class with a single item has no positive and is {@linkplain #leftOut() left out}. A
 * batch lists its rows class by class. An epoch has {@code floor(n / (P K))} batches (at least
 * one), n counting the rows of the classes kept.
 *
 * <p>Differs from the paper, which draws classes and items independently for each batch: dealing
 * covers the set sooner.
 */
@Source(key = "hermans2017defense", where = "Section 2, batch hard")
public final class PkSampler implements Sampler {
  private final int[][] rows;
  private final List<Integer> leftOut;
  private final int classes;
  private final int perClass;
  private final long seed;
  private final long batchesPerEpoch;
  private volatile @Nullable Epoch latest;

  private PkSampler(int[][] rows, List<Integer> leftOut, int classes, int perClass, long seed) {
    this.rows = rows;
    this.leftOut = leftOut;
    this.classes = classes;
    this.perClass = perClass;
    this.seed = seed;
    long kept = 0;
    for (int[] members : rows) {
      kept += members.length;
    }
    this.batchesPerEpoch = Math.max(1, kept / ((long) classes * perClass));
  }

  /**
   * Batches of {@code classes} (P) times {@code perClass} (K) rows.
   *
   * @param labels the label of each row, at least 0
   * @throws IllegalArgumentException if P or K is below 2, or fewer than P classes have two items
   */
  public static PkSampler of(int[] labels, int classes, int perClass, long seed) {
    Check.atLeast("classes", classes, 2);
    Check.atLeast("perClass", perClass, 2);
    int[][] all = rowsByClass(labels);
    List<Integer> leftOut = new ArrayList<>();
    List<int[]> kept = new ArrayList<>();
    for (int label = 0; label < all.length; label++) {
      if (all[label].length == 1) {
        leftOut.add(label);
      } else if (all[label].length > 1) {
        kept.add(all[label]);
      }
    }
    if (kept.size() < classes) {
      throw new IllegalArgumentException(
          "classes must be <= the "
              + kept.size()
              + (kept.size() == 1 ? " class" : " classes")
              + " with at least two items, got "
              + classes
              + (leftOut.isEmpty() ? "" : " (" + leftOut.size() + " with one item left out)")
              + (kept.size() < 2
                  ? "; this set cannot make pairs of different classes, add classes"
                  : "; lower classes per batch"));
    }
    return new PkSampler(kept.toArray(int[][]::new), List.copyOf(leftOut), classes, perClass, seed);
  }

  /** The rows of each label 0..max, ascending; empty where a label does not occur. */
  static int[][] rowsByClass(int[] labels) {
    int most = -1;
    for (int row = 0; row < labels.length; row++) {
      Check.atLeast("label", labels[row], 0);
      most = Math.max(most, labels[row]);
    }
    int[] counts = new int[most + 1];
    for (int label : labels) {
      counts[label]++;
    }
    int[][] rows = new int[most + 1][];
    Arrays.setAll(rows, label -> new int[counts[label]]);
    int[] filled = new int[most + 1];
    for (int row = 0; row < labels.length; row++) {
      rows[labels[row]][filled[labels[row]]++] = row;
    }
    return rows;
  }

  /** The labels with a single item, which never occur in a batch. */
  public List<Integer> leftOut() {
    return leftOut;
  }

  /** {@code floor(n / (P K))}, at least 1. */
  public long batchesPerEpoch() {
    return batchesPerEpoch;
  }

  @Override
  public long[] batch(long step) {
    Check.atLeast("step", step, 0);
    long number = step / batchesPerEpoch;
    Epoch epoch = latest;
    if (epoch == null || epoch.number != number) {
      epoch = deal(number);
      latest = epoch;
    }
    return epoch.batches[(int) (step % batchesPerEpoch)].clone();
  }

  private Epoch deal(long number) {
    Deck order = new Deck(rows.length, Rng.of(seed, Purpose.ORDER, 0, number));
    Deck[] items = new Deck[rows.length];
    long[][] batches = new long[(int) batchesPerEpoch][classes * perClass];
    for (long[] batch : batches) {
      int filled = 0;
      for (int c : order.deal(classes)) {
        if (items[c] == null) {
          items[c] = new Deck(rows[c].length, Rng.of(seed, Purpose.ORDER, c + 1L, number));
        }
        for (int item : items[c].deal(perClass)) {
          batch[filled++] = rows[c][item];
        }
      }
    }
    return new Epoch(number, batches);
  }

  private record Epoch(long number, long[][] batches) {}

  /** Cards 0..size-1, dealt in hands; shuffled again when all have been dealt. */
  private static final class Deck {
    private final int[] cards;
    private final Rng random;
    private int next;

    Deck(int size, Rng random) {
      this.random = random;
      this.cards = random.permutation(size);
    }

    /** The next cards: all different while there are enough, then repeats. */
    int[] deal(int count) {
      int[] hand = new int[count];
      int dealt = 0;
      while (dealt < count) {
        int whole = Math.min(count - dealt, cards.length);
        dealDistinct(hand, dealt, whole);
        dealt += whole;
      }
      return hand;
    }

    private void dealDistinct(int[] hand, int from, int count) {
      int left = Math.min(count, cards.length - next);
      System.arraycopy(cards, next, hand, from, left);
      next += left;
      if (left == count) {
        return;
      }
      // The old deck's last cards are in this hand already: shuffle the others to the front of the
      // new deck, so that the hand stays without repeats.
      boolean[] inHand = new boolean[cards.length];
      for (int i = from; i < from + left; i++) {
        inHand[hand[i]] = true;
      }
      int[] fresh = random.permutation(cards.length);
      int front = 0;
      int back = cards.length - left;
      for (int card : fresh) {
        cards[inHand[card] ? back++ : front++] = card;
      }
      System.arraycopy(cards, 0, hand, from + left, count - left);
      next = count - left;
    }
  }
}
