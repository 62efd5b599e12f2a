package dev.semblance.core.data;

import java.io.IOException;
import java.util.Arrays;

/** Decides the one shape of a set from the shapes of its pictures and what was asked. */
final class Fitting {
  private static final int LARGEST_AS_IT_IS = 256;
  private static final int LARGEST_SQUARE = 128;

  private Fitting() {}

  static ImageShape shape(Listing listing, DataOptions options) throws IOException {
    if (options.size() instanceof ImageSize.Exactly size && options.colour() != Colour.AUTOMATIC) {
      return new ImageShape(options.colour() == Colour.GREY ? 1 : 3, size.height(), size.width());
    }
    if (listing.pictures() instanceof Pictures.InMemory memory) {
      return decide(new ImageShape[] {memory.common()}, options);
    }
    ImageShape[] shapes = new ImageShape[listing.rows().length];
    EachRow.run(shapes.length, row -> shapes[row] = listing.pictures().shape(listing.rows()[row]));
    return decide(shapes, options);
  }

  private static ImageShape decide(ImageShape[] shapes, DataOptions options) {
    int channels =
        switch (options.colour()) {
          case GREY -> 1;
          case RGB -> 3;
          case AUTOMATIC -> Arrays.stream(shapes).allMatch(s -> s.channels() == 1) ? 1 : 3;
        };
    return switch (options.size()) {
      case ImageSize.Exactly size -> new ImageShape(channels, size.height(), size.width());
      case ImageSize.Automatic automatic -> {
        ImageShape first = shapes[0];
        boolean agree =
            Arrays.stream(shapes)
                .allMatch(s -> s.height() == first.height() && s.width() == first.width());
        if (agree && Math.max(first.height(), first.width()) <= LARGEST_AS_IT_IS) {
          yield new ImageShape(channels, first.height(), first.width());
        }
        int[] shorter =
            Arrays.stream(shapes).mapToInt(s -> Math.min(s.height(), s.width())).sorted().toArray();
        int side = Math.min(LARGEST_SQUARE, shorter[shorter.length / 2]);
        yield new ImageShape(channels, side, side);
      }
    };
  }
}
