"""Records of Jiandaoyun and ours, in both directions. Pure: no request is made here."""
