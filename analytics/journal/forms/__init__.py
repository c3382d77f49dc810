"""Each form of export -> batches of text cells with the line of each row; nothing is interpreted here."""
