"""Sheets 表格导入导出: what a table of texts says, as rows that are changed or added. `columns` reads headers and
cells, `importing` plans and does, `exporting` gives rows as texts. Files are none of its business."""
