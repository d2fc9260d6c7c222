// Mends naudiodon where its own install step fails; see docs. (Being written.)
