"""What can be known from residents' words: categories, topics that many report, weak answers.

Software suggests, with the reason in words; a person decides.
"""
