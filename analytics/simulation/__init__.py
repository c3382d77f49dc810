"""Known truth to journals, in the export formats that real clinics use."""
