/** The report of a run: plain data in, one self-contained HTML file out, readable offline. */
@NullMarked
package dev.semblance.app.report;

import org.jspecify.annotations.NullMarked;
