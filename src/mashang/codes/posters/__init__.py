"""Signs as print-ready PDF: vector QR codes, embedded fonts, black as black ink alone."""
