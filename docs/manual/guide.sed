# Of a guide's links only those to other guides lead anywhere in the HTML, and to their beginning:
# doxygen has anchors of its own. It is run with -z, since a link may go over the end of a line.
s#\[([^]]*)\]\(\.\./\.\./[^)]*\)#\1#g
s|(\]\([a-z-]+\.md)#[^)]*\)|\1)|g
# Pictures lie where doxygen is told to look for them.
s|\]\(\.\./pictures/|](|g
