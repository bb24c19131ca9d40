"""The stages that decide on all records, and the one that formats: one module is one stage."""
