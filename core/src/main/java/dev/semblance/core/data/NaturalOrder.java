package dev.semblance.core.data;

import java.util.Comparator;

/** The order in which people count: s2 before s10. Otherwise by character. */
enum NaturalOrder implements Comparator<String> {
  INSTANCE;

  @Override
  public int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      if (digit(a, i) && digit(b, j)) {
        int startA = skipZeros(a, i);
        int startB = skipZeros(b, j);
        i = endOfNumber(a, startA);
        j = endOfNumber(b, startB);
        int order = Integer.compare(i - startA, j - startB);
        for (int k = 0; order == 0 && startA + k < i; k++) {
          order = Character.compare(a.charAt(startA + k), b.charAt(startB + k));
        }
        if (order != 0) {
          return order;
        }
      } else if (a.charAt(i) != b.charAt(j)) {
        // A folder's files come together: the separator sorts before every other character.
        return key(a.charAt(i)) - key(b.charAt(j));
      } else {
        i++;
        j++;
      }
    }
    int order = (a.length() - i) - (b.length() - j);
    return order != 0 ? order : a.compareTo(b);
  }

  private static boolean digit(String text, int at) {
    return text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private static int skipZeros(String text, int at) {
    while (at < text.length() && text.charAt(at) == '0') {
      at++;
    }
    return at;
  }

  private static int endOfNumber(String text, int at) {
    while (at < text.length() && digit(text, at)) {
      at++;
    }
    return at;
  }

  private static int key(char c) {
    return c == '/' ? -1 : c;
  }
}
