# Of ytx.hpp the manual shows the first comment as a page, and below it the rest as it is.
/^ \*\/$/ {
  s|.*| * @dontinclude ytx.hpp\n * @skip #ifndef YTX_HPP\n * @until #undef\n */|
  q
}
