package dev.semblance.core.data;

import dev.semblance.core.tensor.Check;

/**
 * How a set is opened.
 *
 * @param size what size the images are brought to
 * @param colour whether they are grey or coloured
 * @param seed the seed of synthetic sets
 * @param count how many images a synthetic set draws
 * @param memoryBudget the most bytes of pixels kept in memory; a larger set is decoded batch by
 *     batch
 */
public record DataOptions(
    ImageSize size, Colour colour, long seed, SyntheticCount count, long memoryBudget) {
  public DataOptions {
    Check.atLeast("memoryBudget", memoryBudget, 0);
  }

  /**
   * Size and colour of the set itself, seed 0, synthetic sets as large as usual, 1 GiB of pixels.
   */
  public static DataOptions defaults() {
    return new DataOptions(
        ImageSize.automatic(), Colour.AUTOMATIC, 0, new SyntheticCount.Usual(), 1L << 30);
  }

  /** With another size. */
  public DataOptions withSize(ImageSize size) {
    return new DataOptions(size, colour, seed, count, memoryBudget);
  }

  /** With another choice of colour. */
  public DataOptions withColour(Colour colour) {
    return new DataOptions(size, colour, seed, count, memoryBudget);
  }

  /** With exactly the size and channels of {@code shape}: for a net that wants them. */
  public DataOptions withShape(ImageShape shape) {
    return withSize(new ImageSize.Exactly(shape.height(), shape.width()))
        .withColour(shape.channels() == 1 ? Colour.GREY : Colour.RGB);
  }

  /** With another seed. */
  public DataOptions withSeed(long seed) {
    return new DataOptions(size, colour, seed, count, memoryBudget);
  }

  /** With so many images in the training part of a synthetic set, and a third in its test part. */
  public DataOptions withCount(int training) {
    return new DataOptions(size, colour, seed, new SyntheticCount.Exactly(training), memoryBudget);
  }

  /** With another budget of bytes. */
  public DataOptions withMemoryBudget(long memoryBudget) {
    return new DataOptions(size, colour, seed, count, memoryBudget);
  }
}
