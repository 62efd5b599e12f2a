package dev.semblance.adversarial.access;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Model files of a kind that needs a library of its own. Modules that read one offer it to {@link
 * java.util.ServiceLoader}; whoever has the module on the class path can open such files.
 */
public interface ScoreFormat {
  /** Whether the file is named as such files are. */
  boolean reads(Path file);

  /**
   * Opens a file and tries it on one image.
   *
   * @param input what the model wants of its images
   * @param imageShape of one image: channels, height, width for pictures
   * @throws IOException naming the file, where it is missing, damaged or gives no scores
   */
  ScoreModel open(Path file, InputFormat input, long... imageShape) throws IOException;

  /** A model that is open. */
  interface ScoreModel extends AutoCloseable {
    /** The oracle of its scores. */
    ScoreOracle oracle();

    @Override
    void close();
  }
}
