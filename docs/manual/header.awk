# Makes ytx.h plain for doxygen, line for line, so that the header needs none of this itself: a
# heading begins a group of the manual, and a constant named in a comment is linked to, or doxygen
# warns that there is none.

/^\/\* --- [A-Z][a-z]+ --- \*\/$/ {
  title = $3
  print (group++ ? "/** @} */ " : "") "/** @defgroup " tolower(title) " " title " */"
  getline
  print "/** @{ */"
  next
}

# The way to the guides, which the man page lists none of.
/@mainpage/ {
  print
  getline
  print " * @htmlonly[block] <div class=\"ways\"><a href=\"en.html\">Guides</a> · " \
    "<a href=\"zh.html\">中文指南</a></div> @endhtmlonly"
  next
}

/^ *\* ```/ { code = !code }

/^ *(\/\*)?\*/ && !code {
  line = ""
  while (match($0, /(^|[ (])YTX_[A-Z_]*[A-Z]/)) {
    end = RSTART + RLENGTH
    name = substr($0, RSTART, RLENGTH)
    if (substr($0, end, 2) !~ /^_/) sub(/YTX_/, "#YTX_", name) # not YTX_E_*
    line = line substr($0, 1, RSTART - 1) name
    $0 = substr($0, end)
  }
  $0 = line $0
}

{ print }

END { print "/** @} */" }
