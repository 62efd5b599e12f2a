package dev.semblance.similarity.retrieve;

/**
 * What an index keeps beside a vector.
 *
 * @param id unique in its index, not blank, at most 8,192 characters
 * @param label the class, or empty; at most 8,192 characters
 * @param path where the picture is, or empty
 */
public record Item(String id, String label, String path) {
  /** What fits a term of the index on disk in any script. */
  private static final int LONGEST = 8192;

  public Item {
    if (id.isBlank()) {
      throw new IllegalArgumentException("id must not be blank, got '" + id + "'");
    }
    atMostLongest("id", id);
    atMostLongest("label", label);
  }

  /** An item with neither label nor path. */
  public static Item of(String id) {
    return new Item(id, "", "");
  }

  private static void atMostLongest(String name, String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          name + " must have at most " + LONGEST + " characters, got " + text.length());
    }
  }
}
