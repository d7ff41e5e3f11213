"""The resident's pages: report, receipt, tracking, and what is opened by a code to the phone."""
