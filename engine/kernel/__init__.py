"""BPMN and DMN execution: state and step in, state and effects out. Knows no database, no clock, no business."""
